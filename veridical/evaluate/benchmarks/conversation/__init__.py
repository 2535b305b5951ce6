"""Conversation: open requests about pictures, and how they are answered."""
