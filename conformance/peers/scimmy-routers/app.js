// The README of scimmy-routers, with handlers that keep resources in a Map.
// As in the documentation of SCIMMY, the store answers for ids, meta and
// unique names; everything else is the library's.
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const { User, Group } = SCIMMY.Resources;

function store(unique) {
    const rows = new Map();
    const find = (id) => {
        if (!rows.has(id)) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
        return rows.get(id);
    };
    // near enough to PRECIS, which RFC 7644 section 5 asks for
    const key = (row) => row[unique]?.normalize("NFKC").toLowerCase();
    // with the meta that the library adds when it answers, so that its filters find it
    const shown = (row, type) => ({
        ...row,
        meta: { ...row.meta, resourceType: type.name, location: `${type.basepath()}/${row.id}` },
    });

    return {
        ingress(resource, instance) {
            const old = resource.id ? find(resource.id) : undefined;
            const now = new Date().toISOString();
            const row = {
                ...JSON.parse(JSON.stringify(instance)),
                id: resource.id ?? randomUUID(),
                meta: old?.meta,
            };
            if (isDeepStrictEqual(row, old)) return old;
            row.meta = { created: old?.meta.created ?? now, lastModified: now };
            for (const other of unique ? rows.values() : []) {
                if (other.id !== row.id && key(other) === key(row))
                    throw new SCIMMY.Types.Error(409, "uniqueness", `${unique} is not unique`);
            }
            rows.set(row.id, row);
            return row;
        },
        egress(resource) {
            if (resource.id) return find(resource.id);
            const all = [...rows.values()].map((row) => shown(row, resource.constructor));
            return resource.filter ? resource.filter.match(all) : all;
        },
        degress(resource) {
            find(resource.id);
            rows.delete(resource.id);
        },
    };
}

SCIMMY.Resources.declare(User.extend(SCIMMY.Schemas.EnterpriseUser), store("userName"));
SCIMMY.Resources.declare(Group, store());

const app = express();
app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    baseUri: (request) => `${request.protocol}://${request.get("host")}`,
    handler: (request) => {
        const [scheme, token] = request.header("Authorization")?.split(" ") ?? [];
        if (scheme?.toLowerCase() !== "bearer" || token !== process.env.SCIM_TOKEN)
            throw new Error("Authorization not detected!");
    },
}));
app.listen(Number(process.argv[2]), "127.0.0.1");
