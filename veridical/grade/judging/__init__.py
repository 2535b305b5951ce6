"""Language models as judges: asked over HTTP, read strictly, asked in both orders, counted, and corrected by people's labels."""
