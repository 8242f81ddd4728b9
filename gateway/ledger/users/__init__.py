"""People who sign in: their roles, how they prove who they are, and their sessions."""
