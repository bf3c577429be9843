"""Reading mail that comes in, without asking the database: what it says, who or what wrote it."""
