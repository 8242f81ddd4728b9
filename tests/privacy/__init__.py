"""Nothing personal lies in the clear anywhere, and the scanner that says so is not blind."""
