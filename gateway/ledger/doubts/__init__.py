"""Doubts: what may have happened, how often its system was asked, and the word of a person where nothing proves it."""
