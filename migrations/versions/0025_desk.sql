-- The desk: who looks at which bill just now, and bills that are read again.

-- One reviewer at a time. A lease that is over is as good as none, and goes with the next one or with the review.
create table bill_leases (
    company_id uuid not null,
    bill_id uuid not null,
    -- As the ledger names them: `user:<id>`.
    holder text not null,
    taken_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > taken_at),
    primary key (company_id, bill_id),
    foreign key (company_id, bill_id) references bills (company_id, id)
);
select enforce_tenancy('bill_leases');
grant select, insert, update, delete on bill_leases to involinks_app;

create table bill_rereadings (
    company_id uuid not null,
    id uuid not null,
    requested_by text not null,
    requested_at timestamptz not null,
    primary key (company_id, id)
);
select enforce_tenancy('bill_rereadings');
grant select, insert on bill_rereadings to involinks_app;

-- How far each has come is seen from the bill itself: nothing is counted twice.
create table bill_rereading_items (
    company_id uuid not null,
    rereading_id uuid not null,
    bill_id uuid not null,
    place smallint not null check (place >= 0),
    -- Why it isn't read again; null where it is.
    refused text,
    primary key (company_id, rereading_id, bill_id),
    foreign key (company_id, rereading_id) references bill_rereadings (company_id, id),
    foreign key (company_id, bill_id) references bills (company_id, id)
);
create index on bill_rereading_items (company_id, bill_id, rereading_id);
select enforce_tenancy('bill_rereading_items');
grant select, insert on bill_rereading_items to involinks_app;
