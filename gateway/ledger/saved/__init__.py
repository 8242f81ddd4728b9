"""Views of lists that people saved under a name."""
