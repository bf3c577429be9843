"""Jobs, their stages, and the candidates moving through them."""
