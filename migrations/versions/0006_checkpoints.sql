-- The Merkle tree's stored nodes and the signed checkpoints of every batch. Both only grow.

create table ledger_nodes (
    company_id uuid not null,
    level smallint not null check (level > 0 and level % 8 = 0),
    idx bigint not null check (idx >= 0),
    hash bytea not null check (octet_length(hash) = 32),
    primary key (company_id, level, idx)
);
comment on table ledger_nodes is 'Roots of full subtrees of 256, 256^2, ... entries; what lies between is computed from them.';
comment on column ledger_nodes.level is 'The subtree holds 2^level entries, from seq idx * 2^level on.';

create table ledger_checkpoints (
    company_id uuid not null,
    size bigint not null check (size > 0),
    root bytea not null check (octet_length(root) = 32),
    note bytea not null,
    at_us bigint not null check (at_us >= 0),
    primary key (company_id, size)
);
comment on table ledger_checkpoints is 'Signed notes (C2SP tlog-checkpoint) over the first `size` entries, one for each batch.';

select enforce_tenancy('ledger_nodes');
select enforce_tenancy('ledger_checkpoints');

grant select, insert on ledger_nodes, ledger_checkpoints to involinks_app;

create trigger refuse before update or delete or truncate on ledger_nodes for each statement execute function ledger_refuse();
create trigger refuse before update or delete or truncate on ledger_checkpoints for each statement execute function ledger_refuse();
alter table ledger_nodes enable always trigger refuse;
alter table ledger_checkpoints enable always trigger refuse;
