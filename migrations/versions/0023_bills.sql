-- Suppliers' bills.
select 1;
