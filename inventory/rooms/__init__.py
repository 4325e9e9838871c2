"""What a room of a school must have to be a smart classroom, as data, and each room's gap to it: pure functions."""
