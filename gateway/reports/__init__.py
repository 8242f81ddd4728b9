"""What a province has to show: comparisons with what others say, and later its indicators."""
