"""What differs between Linux, macOS and Windows; no other part asks which system it runs on."""
