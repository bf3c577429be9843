"""What may be done with jobs, their stages and the people considered for them."""
