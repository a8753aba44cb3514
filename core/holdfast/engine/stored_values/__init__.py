"""Values as the store keeps them, and the digests by which equal values are found."""
