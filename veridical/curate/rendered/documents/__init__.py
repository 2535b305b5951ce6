"""Documents drawn from their facts: invoices, receipts, forms, price lists, letters and tables."""
