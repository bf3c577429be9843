"""What every page is built with: typed requests, fragments, errors, pagination, template tags."""
