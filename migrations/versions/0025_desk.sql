-- Review, tasks and policies of bills.
select 1;
