"""The agent: runs in each school, stays light, imports no other TruongNet package."""
