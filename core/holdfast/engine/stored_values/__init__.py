"""Values as the store keeps them, and the digests by which equal ones are found."""
