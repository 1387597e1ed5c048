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

-- RFC 9162, section 2.1.1: over a full subtree, and over the frontier (its largest subtree first).
create function ledger_fold(hashes bytea[]) returns bytea language plpgsql immutable set search_path = pg_catalog as $$ begin
    while cardinality(hashes) > 1 loop
        hashes := array(select sha256('\x01'::bytea || hashes[2 * i - 1] || hashes[2 * i])
            from generate_series(1, cardinality(hashes) / 2) i order by i);
    end loop;
    return hashes[1];
end $$;

create function ledger_root(peaks bytea) returns bytea language plpgsql immutable set search_path = pg_catalog as $$
declare
    root bytea := substr(peaks, octet_length(peaks) - 31);
begin
    for i in reverse octet_length(peaks) / 32 - 2 .. 0 loop
        root := sha256('\x01'::bytea || substr(peaks, 32 * i + 1, 32) || root);
    end loop;
    return root;
end $$;

-- A node comes with the entries that complete it and is what they give: once for 256 entries, so it costs little.
create function ledger_check_nodes() returns trigger language plpgsql
    set search_path = public, pg_temp set enable_seqscan = off set enable_bitmapscan = off as $$
declare
    node record;
    below bytea[];
begin
    for node in select * from added order by level, idx loop
        if node.level = 8 then
            below := array(select sha256('\x00'::bytea || e.entry_hash) from ledger_entries e
                where e.company_id = node.company_id and e.seq between node.idx * 256 and node.idx * 256 + 255 order by e.seq);
        else
            below := array(select n.hash from ledger_nodes n where n.company_id = node.company_id
                and n.level = node.level - 8 and n.idx between node.idx * 256 and node.idx * 256 + 255 order by n.idx);
        end if;
        if cardinality(below) <> 256 or ledger_fold(below) is distinct from node.hash then
            raise exception 'node % of level % of company % is not what the entries give', node.idx, node.level, node.company_id
                using errcode = 'integrity_constraint_violation';
        end if;
    end loop;
    return null;
end $$;

create function ledger_demand_nodes() returns trigger language plpgsql
    set search_path = public, pg_temp set enable_seqscan = off set enable_bitmapscan = off as $$
declare
    height integer := 8;
begin
    while new.count >> height > old.count >> height loop
        if (select count(*) from ledger_nodes n where n.company_id = new.company_id and n.level = height
                and n.idx >= old.count >> height and n.idx < new.count >> height)
            <> (new.count >> height) - (old.count >> height) then
            raise exception 'the entries up to % of company % lack their nodes of level %', new.count - 1, new.company_id, height
                using errcode = 'integrity_constraint_violation';
        end if;
        height := height + 8;
    end loop;
    return null;
end $$;

create function ledger_check_checkpoint() returns trigger language plpgsql set search_path = public, pg_temp as $$ begin
    if not exists (select from ledger_heads h
        where h.company_id = new.company_id and h.count = new.size and ledger_root(h.peaks) = new.root) then
        raise exception 'a checkpoint of company % is made of the head as it stands, not of % entries', new.company_id, new.size
            using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end $$;

create function ledger_demand_checkpoint() returns trigger language plpgsql
    set search_path = public, pg_temp set enable_seqscan = off set enable_bitmapscan = off as $$ begin
    if new.count > 0 and not exists (
        select from ledger_checkpoints c where c.company_id = new.company_id and c.size = new.count) then
        raise exception 'the head of company % moved to % without a checkpoint', new.company_id, new.count
            using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end $$;

grant execute on function ledger_fold, ledger_root to involinks_app;

create trigger check_added after insert on ledger_nodes
    referencing new table as added for each statement execute function ledger_check_nodes();
create trigger check_nodes after update on ledger_heads for each row execute function ledger_demand_nodes();
create trigger check_added after insert on ledger_checkpoints for each row execute function ledger_check_checkpoint();
-- At the commit: whoever moves the head by statements of their own may add the checkpoint until then.
create constraint trigger check_checkpoint after insert or update on ledger_heads
    deferrable initially deferred for each row execute function ledger_demand_checkpoint();

create trigger refuse before update or delete or truncate on ledger_nodes for each statement execute function ledger_refuse();
create trigger refuse before update or delete or truncate on ledger_checkpoints for each statement execute function ledger_refuse();
alter table ledger_nodes enable always trigger check_added, enable always trigger refuse;
alter table ledger_checkpoints enable always trigger check_added, enable always trigger refuse;
alter table ledger_heads enable always trigger check_nodes, enable always trigger check_checkpoint;
