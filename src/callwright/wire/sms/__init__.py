"""Short messages as they are on the wire: alphabets, segments, user data headers, texts of receipts."""
