-- Mailboxes that bills are fetched from.
select 1;
