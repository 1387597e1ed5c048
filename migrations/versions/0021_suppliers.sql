-- Suppliers, the accounts they are paid to, and what corrections taught of their documents.

create table suppliers (
    company_id uuid not null,
    id uuid not null,
    state text not null check (state in ('ACTIVE', 'ARCHIVED')),
    version integer not null,
    name text not null check (name <> ''),
    other_names text[] not null,
    tax_ids text[] not null,
    endpoints text[] not null,
    emails text[] not null,
    currency text check (currency ~ '^[A-Z]{3}$'),
    payment_days integer check (payment_days between 0 and 365),
    created_at timestamptz not null,
    created_by text not null,
    changed_at timestamptz not null,
    changed_by text not null,
    primary key (company_id, id)
);
select enforce_tenancy('suppliers');
grant select, insert, update on suppliers to involinks_app;
create trigger refuse before delete or truncate on suppliers for each statement execute function ledger_refuse();
alter table suppliers enable always trigger refuse;

-- What a document may show of a supplier. A tax id or an endpoint names one supplier of a company, archived or not.
create table supplier_keys (
    company_id uuid not null,
    kind text not null check (kind in ('tax_id', 'endpoint', 'name')),
    value text not null check (value <> ''),
    supplier_id uuid not null,
    primary key (company_id, kind, value, supplier_id),
    foreign key (company_id, supplier_id) references suppliers (company_id, id)
);
create unique index supplier_keys_name_one on supplier_keys (company_id, kind, value) where kind <> 'name';
create index on supplier_keys (company_id, supplier_id);
select enforce_tenancy('supplier_keys');
grant select, insert, delete on supplier_keys to involinks_app;

create table supplier_accounts (
    company_id uuid not null,
    id uuid not null,
    state text not null check (state in ('PROPOSED', 'RELEASED', 'REFUSED', 'RETIRED')),
    version integer not null,
    supplier_id uuid not null,
    iban text not null check (iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$'),
    bic text check (bic ~ '^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$'),
    origin text not null check (origin in ('master', 'bill', 'import')),
    -- Whoever proposed it, and whoever had a hand in a bill that showed it while it wasn't released.
    makers uuid[] not null,
    proposed_at timestamptz not null,
    proposed_by text not null,
    decided_at timestamptz,
    decided_by text,
    decided_person uuid,
    reason text check (reason <> ''),
    primary key (company_id, id),
    unique (company_id, supplier_id, iban),
    foreign key (company_id, supplier_id) references suppliers (company_id, id),
    check (state = 'PROPOSED' or num_nulls(decided_at, decided_by, decided_person) = 0),
    check (state <> 'REFUSED' or reason is not null),
    -- Four eyes, also against a mistake of the program.
    check (state <> 'RELEASED' or decided_person <> all (makers))
);
comment on table supplier_accounts is 'Where a supplier is paid; only a RELEASED one. Its history is in the ledger and in its events.';
create index on supplier_accounts (company_id, id) where state = 'PROPOSED';
create index on supplier_accounts (company_id, iban);
select enforce_tenancy('supplier_accounts');
grant select, insert on supplier_accounts to involinks_app;
grant update (state, version, bic, origin, makers, proposed_at, proposed_by, decided_at, decided_by, decided_person, reason)
    on supplier_accounts to involinks_app;
create trigger refuse before delete or truncate on supplier_accounts for each statement execute function ledger_refuse();
alter table supplier_accounts enable always trigger refuse;

-- Which bills showed an account while it wasn't released. No foreign key: bills come later than suppliers.
create table supplier_account_bills (
    company_id uuid not null,
    bill_id uuid not null,
    account_id uuid not null,
    at timestamptz not null,
    primary key (company_id, bill_id, account_id),
    foreign key (company_id, account_id) references supplier_accounts (company_id, id)
);
select enforce_tenancy('supplier_account_bills');
grant select, insert on supplier_account_bills to involinks_app;

-- Each lesson is a row; the latest one counts, those before show who taught what.
create table supplier_anchors (
    company_id uuid not null,
    supplier_id uuid not null,
    version integer not null check (version > 0),
    anchors jsonb not null,
    forgotten boolean not null,
    at timestamptz not null,
    by text not null,
    bill_id uuid,
    primary key (company_id, supplier_id, version),
    foreign key (company_id, supplier_id) references suppliers (company_id, id),
    check (forgotten = (bill_id is null))
);
select enforce_tenancy('supplier_anchors');
grant select, insert on supplier_anchors to involinks_app;
