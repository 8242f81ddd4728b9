"""Liên Thông: an asynchronous, message-driven gateway between a province and the national systems."""

__version__ = "0.1.0"
