"""What people type about candidates, checked."""
