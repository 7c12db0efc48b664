"""What the other side says of a document afterwards, one folder for each kind of message."""
