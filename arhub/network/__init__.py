"""What talks to the outside world: an address guard for every socket, and one HTTP client on top of it."""
