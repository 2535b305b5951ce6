"""Letters of options, read out of responses by the rules that published numbers were made with. Every rule is `(text, options) -> letter | None`, None being unparsed."""
