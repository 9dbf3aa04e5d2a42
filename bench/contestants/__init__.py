"""Programs that clean the same laboratory file; each runs in a process of its own."""
