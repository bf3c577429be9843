"""Demo data: two organizations with believable, invented people, made by the same services as everything else."""
