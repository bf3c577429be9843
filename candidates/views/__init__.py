"""Pages about candidates, pools and tasks."""
