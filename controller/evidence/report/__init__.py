"""The PDF of an evidence file: drawn from the file's own parts alone, signed with the province's key."""
