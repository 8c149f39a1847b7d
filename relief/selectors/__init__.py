"""What pages, services and figures read of relief."""
