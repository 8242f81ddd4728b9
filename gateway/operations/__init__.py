"""What an operator may do, shared by console, command line and API; every action writes its audit entry."""
