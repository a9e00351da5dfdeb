"""The question under which execution settings a network trains fastest on this machine."""
