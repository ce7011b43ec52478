// The peer of the service bench: the two operations with Fastify and pg, doing what
// Cairn does (token by SHA-256, principal for row security, idempotency, audit chain), by
// the very same statements, which the bench reads out of Cairn's sources into STATEMENTS.
import crypto from "node:crypto";
import fs from "node:fs";
import Fastify from "fastify";
import pg from "pg";

const text = JSON.parse(fs.readFileSync(process.env.STATEMENTS));
const pool = new pg.Pool({
	connectionString: process.env.DATABASE,
	max: Number(process.env.WORKERS),
	options: "-c role=cairn_api -c search_path=cairn -c TimeZone=UTC"
		+ " -c statement_timeout=5000 -c lock_timeout=2000",
});
pg.types.setTypeParser(114, (s) => s); // documents go out as they came

class Problem extends Error {
	constructor(status, slug) {
		super(slug);
		this.status = status;
		this.slug = slug;
	}
}

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CRC = new Uint32Array(256).map((_, n) => {
	for (let bit = 0; bit < 8; bit++)
		n = n & 1 ? n >>> 1 ^ 0xedb88320 : n >>> 1;
	return n;
});

function tokenHash(authorization) {
	const token = /^Bearer +(cairn_pat_[0-9A-Za-z]{71})$/i.exec(authorization ?? "")?.[1];
	if (!token)
		throw new Problem(401, "unauthenticated");
	let crc = 0xffffffff;
	for (let i = 0; i < 75; i++)
		crc = crc >>> 8 ^ CRC[(crc ^ token.charCodeAt(i)) & 255];
	crc = ~crc >>> 0;
	let check = "";
	for (let i = 0; i < 6; i++, crc = Math.floor(crc / 62))
		check = ALPHABET[crc % 62] + check;
	if (!crypto.timingSafeEqual(Buffer.from(check), Buffer.from(token.slice(75))))
		throw new Problem(401, "unauthenticated");
	return crypto.createHash("sha256").update(token.slice(10, 75)).digest();
}

const run = (db, name, values) => db.query({name, text: text[name], values});

async function transaction(begin, authorization, work) {
	const hash = tokenHash(authorization);
	const db = await pool.connect();
	try {
		await db.query(begin);
		const who = (await run(db, "token_find", [hash])).rows[0];
		if (!who)
			throw new Problem(401, "unauthenticated");
		const answer = await work(db, who);
		await db.query("COMMIT");
		return answer;
	} catch (error) {
		await db.query("ROLLBACK");
		throw error;
	} finally {
		db.release();
	}
}

function uuid7() {
	const b = crypto.randomBytes(16);
	b.writeUIntBE(Date.now(), 0, 6);
	b[6] = b[6] & 0x0f | 0x70;
	b[8] = b[8] & 0x3f | 0x80;
	const s = b.toString("hex");
	return [s.slice(0, 8), s.slice(8, 12), s.slice(12, 16), s.slice(16, 20), s.slice(20)]
		.join("-");
}

const app = Fastify({bodyLimit: 262144, genReqId: uuid7});

app.addHook("onSend", async (request, reply) => {
	reply.header("X-Request-Id", request.id);
	reply.header("X-Content-Type-Options", "nosniff");
	reply.header("Cache-Control", "no-store");
});

app.setErrorHandler((error, request, reply) => {
	const status = error.status ?? error.statusCode ?? 500;
	if (status >= 500)
		console.error(error);
	reply.code(status).type("application/problem+json")
		.send(JSON.stringify({type: error.slug ?? "internal", title: error.message, status}));
});

app.get("/v1/members/:id", {
	schema: {params: {type: "object", properties: {id: {type: "string", format: "uuid"}}}},
}, async (request, reply) => {
	const row = await transaction("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
		request.headers.authorization, async (db, who) =>
			(await run(db, "member_get", [who.community_id, request.params.id])).rows[0]);
	if (!row)
		throw new Problem(404, "not-found");
	if (request.headers["if-none-match"] === row.etag)
		return reply.code(304).send();
	return reply.header("ETag", row.etag).type("application/json").send(row.doc);
});

const ROUTE = "/v1/mentor-requests";

app.post(ROUTE, {
	schema: {
		headers: {type: "object", required: ["idempotency-key"], properties: {
			"idempotency-key": {type: "string", minLength: 16, maxLength: 255}}},
		body: {type: "object", required: ["program_id"], additionalProperties: false,
			properties: {
				program_id: {type: "string", format: "uuid"},
				member_id: {type: "string", format: "uuid"},
				note: {type: "string", maxLength: 4000}}},
	},
}, async (request, reply) => {
	const {program_id: program, member_id: member, note = ""} = request.body;
	const key = request.headers["idempotency-key"];
	const print = crypto.createHash("sha256")
		.update(ROUTE + JSON.stringify(request.body)).digest();
	const answer = await transaction("BEGIN ISOLATION LEVEL READ COMMITTED",
		request.headers.authorization, async (db, who) => {
			const mine = [who.community_id, who.id, "POST", ROUTE, key];
			const begun = await run(db, "idempotency_begin", [...mine, print]);
			if (begun.rowCount === 0) {
				const old = (await run(db, "idempotency_find", [...mine, print])).rows[0];
				return {status: old.status, headers: old.headers, body: old.body};
			}
			const at = [who.community_id, program, member];
			if ((await run(db, "request_enrolled", at)).rowCount === 0)
				throw new Problem(409, "state");
			const id = uuid7();
			await run(db, "request_create",
				[who.community_id, id, program, member, note, who.id]);
			const row = (await run(db, "request_get", [who.community_id, id])).rows[0];
			const headers = {"Content-Type": "application/json", ETag: row.etag,
				Location: ROUTE + "/" + id};
			await run(db, "idempotency_store",
				[...mine, 201, JSON.stringify(headers), row.doc]);
			await run(db, "audit_add", [who.community_id, who.id, who.role,
				"mentor_request.create", "mentor_request", id, null,
				'{"state":"open"}', false]);
			return {status: 201, headers, body: row.doc};
		});
	return reply.code(answer.status).headers(answer.headers).send(answer.body);
});

await app.listen({host: "127.0.0.1", port: Number(process.env.PORT)});
