"""What the web shop calls."""
