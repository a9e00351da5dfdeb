"""The question whether a stranger's run is in itself what it says: nothing of it is executed, imported or unpickled."""
