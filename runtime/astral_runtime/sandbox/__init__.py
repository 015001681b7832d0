"""Where the workspace's own code runs: confined, limited in time and space, and ended as a whole."""
