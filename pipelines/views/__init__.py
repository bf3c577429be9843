"""Pages of jobs, boards and stages."""
