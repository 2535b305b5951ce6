"""Statistics of preferences: who beats whom, by how much, and with what style and length held equal."""
