"""Pages of the staff's desk."""
