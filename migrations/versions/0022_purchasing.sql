-- Purchase orders, goods receipts and what bills consumed of them.

create table purchase_orders (
    company_id uuid not null,
    id uuid not null,
    state text not null check (state in ('DRAFT', 'SENDING', 'SENT', 'CLOSED', 'CANCELLED')),
    version integer not null,
    number text not null check (length(number) between 1 and 60),
    -- What numbers on bills are compared by (ingestion/matching/candidates.py); two that read alike can't both be made.
    bare_number text not null check (bare_number <> ''),
    confusable_number text not null,
    supplier_id uuid not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    issue_date date not null,
    charges numeric not null check (charges >= 0),
    edition integer not null check (edition > 0),   -- of the content: `purchase_order_editions`
    content bytea not null,                         -- the present edition, JSON
    total numeric not null,                         -- of the present edition, without VAT
    made_at timestamptz not null,
    made_by text not null,
    sent_at timestamptz,
    sent_by text,
    sent_edition integer,
    closed_at timestamptz,
    cancelled_at timestamptz,
    primary key (company_id, id),
    unique (company_id, bare_number),
    foreign key (company_id, supplier_id) references suppliers (company_id, id)
);
create index on purchase_orders (company_id, supplier_id, state);
create index on purchase_orders (company_id, confusable_number);
select enforce_tenancy('purchase_orders');
grant select, insert on purchase_orders to involinks_app;
grant update (state, version, number, bare_number, confusable_number, supplier_id, currency, issue_date, charges, edition,
    content, total, sent_at, sent_by, sent_edition, closed_at, cancelled_at) on purchase_orders to involinks_app;

-- Lines as they stand now. One that receipts or bills name is never deleted (foreign keys).
create table purchase_order_lines (
    company_id uuid not null,
    id uuid not null,
    order_id uuid not null,
    position text not null check (length(position) between 1 and 20),
    place integer not null,
    unit text not null,
    ordered numeric not null check (ordered > 0),
    price numeric not null check (price >= 0),
    receipt_expected boolean not null,
    content bytea not null,                         -- the whole line, JSON
    primary key (company_id, id),
    unique (company_id, order_id, position),
    foreign key (company_id, order_id) references purchase_orders (company_id, id)
);
select enforce_tenancy('purchase_order_lines');
grant select, insert, delete on purchase_order_lines to involinks_app;
grant update (place, unit, ordered, price, receipt_expected, content) on purchase_order_lines to involinks_app;

-- Every edition of an order's content, for ever: who made it, and why.
create table purchase_order_editions (
    company_id uuid not null,
    order_id uuid not null,
    edition integer not null check (edition > 0),
    content bytea not null,
    reason text not null,
    made_at timestamptz not null,
    made_by text not null,
    primary key (company_id, order_id, edition),
    foreign key (company_id, order_id) references purchase_orders (company_id, id)
);
select enforce_tenancy('purchase_order_editions');
grant select, insert on purchase_order_editions to involinks_app;

-- An order on its way by e-mail: the whole message is written down before the first call, Message-ID included.
create table purchase_order_mails (
    company_id uuid not null,
    id uuid not null,
    order_id uuid not null,
    edition integer not null,
    receiver text not null,
    message_id text not null,
    message bytea not null,
    xml_sha256 text not null,
    state text not null check (state in ('WAITING', 'SENT', 'FAILED')),
    attempts integer not null default 0,
    ordered_at timestamptz not null,
    ordered_by text not null,
    begun_at timestamptz,                           -- of the latest attempt
    ended_at timestamptz,
    reason text,
    primary key (company_id, id),
    unique (company_id, message_id),
    foreign key (company_id, order_id, edition) references purchase_order_editions (company_id, order_id, edition)
);
create unique index uq_purchase_order_mails_waiting on purchase_order_mails (company_id, order_id) where state = 'WAITING';
select enforce_tenancy('purchase_order_mails');
grant select, insert on purchase_order_mails to involinks_app;
grant update (state, attempts, begun_at, ended_at, reason) on purchase_order_mails to involinks_app;

-- What came, or went back. Never changed: a mistake is countered by a receipt of the opposite.
create table goods_receipts (
    company_id uuid not null,
    id uuid not null,
    number text not null check (length(number) between 1 and 60),
    supplier_id uuid not null,
    received_on date not null,
    delivery_note text not null,
    note text not null,
    counters uuid,                                  -- the receipt that this one takes back
    made_at timestamptz not null,
    made_by text not null,
    primary key (company_id, id),
    unique (company_id, number),
    unique (company_id, counters),
    foreign key (company_id, counters) references goods_receipts (company_id, id)
);
create index on goods_receipts (company_id, supplier_id);
select enforce_tenancy('goods_receipts');
grant select, insert on goods_receipts to involinks_app;

create table goods_receipt_lines (
    company_id uuid not null,
    receipt_id uuid not null,
    place integer not null,
    order_id uuid not null,
    order_line_id uuid not null,
    -- In the order line's unit. Negative: it went back.
    received numeric not null check (received <> 0),
    rejected numeric not null,
    unit text not null,                             -- as it was written, and how much of the line's unit one of it is
    factor numeric not null check (factor > 0),
    primary key (company_id, receipt_id, place),
    foreign key (company_id, receipt_id) references goods_receipts (company_id, id),
    foreign key (company_id, order_line_id) references purchase_order_lines (company_id, id),
    check (abs(rejected) <= abs(received) and rejected * received >= 0)
);
create index on goods_receipt_lines (company_id, order_id);
create index on goods_receipt_lines (company_id, order_line_id);
select enforce_tenancy('goods_receipt_lines');
grant select, insert on goods_receipt_lines to involinks_app;

-- What bills take of order lines, and of an order's charges (no line). Only ever added to: billed is the sum.
create table purchase_consumptions (
    company_id uuid not null,
    id uuid not null,
    bill_id uuid not null,
    bill_line text not null,
    order_id uuid not null,
    order_line_id uuid,
    quantity numeric not null,
    net numeric not null,
    reverses uuid,
    at timestamptz not null,
    primary key (company_id, id),
    unique (company_id, reverses),
    foreign key (company_id, order_id) references purchase_orders (company_id, id),
    foreign key (company_id, order_line_id) references purchase_order_lines (company_id, id),
    foreign key (company_id, reverses) references purchase_consumptions (company_id, id)
);
create index on purchase_consumptions (company_id, order_id);
create index on purchase_consumptions (company_id, bill_id);
create index on purchase_consumptions (company_id, order_line_id);
select enforce_tenancy('purchase_consumptions');
grant select, insert on purchase_consumptions to involinks_app;
