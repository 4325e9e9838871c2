"""The province's hardware: what boxes, inventory agents, networks and people tell becomes machines with a history."""
