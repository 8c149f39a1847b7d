"""What one page needs: scope, joins, order. Nothing here writes."""
