"""Programs that clean the same laboratory file or match the same patients; each runs in a process of its own."""
