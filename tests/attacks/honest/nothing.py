"""What an attack without an honest part earns."""
