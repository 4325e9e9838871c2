"""What the devices on a school's wire are: asked, heard, and kept over several sweeps."""
