-- Decisions about bills: tasks for those that don't match, and approvals, of which a large bill needs several.

-- One task a bill: opened when it doesn't match, closed when it matches or somebody decides; opened again, it is the same one.
create table bill_tasks (
    company_id uuid not null,
    bill_id uuid not null,
    -- A member; null: nobody has taken it.
    owner uuid,
    due_on date not null,
    opened_at timestamptz not null,
    closed_at timestamptz,
    -- When it was told that it is overdue, once for each opening.
    told_at timestamptz,
    note text,
    primary key (company_id, bill_id),
    foreign key (company_id, bill_id) references bills (company_id, id)
);
create index on bill_tasks (company_id, due_on, bill_id) where closed_at is null;
select enforce_tenancy('bill_tasks');
grant select, insert, update on bill_tasks to involinks_app;

-- An approval holds for the verdict that the person saw; another verdict needs it anew.
create table bill_approvals (
    company_id uuid not null,
    bill_id uuid not null,
    person uuid not null,
    role text not null,
    input_sha256 text not null,
    approved_at timestamptz not null,
    note text,
    primary key (company_id, bill_id, input_sha256, person),
    foreign key (company_id, bill_id) references bills (company_id, id)
);
select enforce_tenancy('bill_approvals');
grant select, insert on bill_approvals to involinks_app;
create trigger refuse before update or delete or truncate on bill_approvals for each statement execute function ledger_refuse();
alter table bill_approvals enable always trigger refuse;
