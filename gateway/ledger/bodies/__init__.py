"""What a message said and was answered, unsealed, for somebody who said what for."""
