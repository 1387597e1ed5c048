-- Suppliers and their bank accounts.
select 1;
