"""The methods: one value each. A module-level `Method` in any module here is listed and can be named in a recipe."""
