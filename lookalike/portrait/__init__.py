"""What sets an audience apart, why one user is in it, and how audiences overlap."""
