"""What a terminal shows: progress, plans and listings."""
