BEGIN TRANSACTION;
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE answer (
	id VARCHAR(32) NOT NULL, 
	wait_id VARCHAR NOT NULL, 
	verdict VARCHAR NOT NULL, 
	value TEXT NOT NULL, 
	given_by VARCHAR NOT NULL, 
	given_at BIGINT NOT NULL, 
	channel VARCHAR NOT NULL, 
	objections TEXT, 
	PRIMARY KEY (id), 
	CONSTRAINT answer_verdict CHECK ((verdict = 'given' OR verdict = 'accepted' OR verdict = 'refused')), 
	CONSTRAINT answer_objections CHECK ((verdict = 'refused') = (objections IS NOT NULL)), 
	FOREIGN KEY(wait_id) REFERENCES wait (id)
);
INSERT INTO "answer" VALUES('01a22e3593ae75dbb0a65559b6eb6687','01a22e352e2977efbb6470983302b7aa','accepted','{"value": true}','ana',1796071592878341,'python',NULL);
INSERT INTO "answer" VALUES('01a22e35daa37d20b4b89576fbd019c9','01a22e357729773da835b5894a079d64','given','{"value": "42.10"}','ana',1796071611043802,'python',NULL);
CREATE TABLE cache (
	"key" TEXT NOT NULL, 
	task_run_id VARCHAR NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT, 
	PRIMARY KEY ("key")
)
 WITHOUT ROWID

;
CREATE TABLE deployment (
	id VARCHAR(32) NOT NULL, 
	flow_name VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	tags TEXT NOT NULL, 
	schedules TEXT NOT NULL, 
	catch_up VARCHAR NOT NULL, 
	paused BOOLEAN NOT NULL, 
	concurrency_limit INTEGER, 
	next_due_at BIGINT, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	entrypoint TEXT NOT NULL, 
	working_directory TEXT NOT NULL, 
	interpreter TEXT NOT NULL, 
	search_path TEXT, 
	arguments TEXT NOT NULL, 
	parameters BLOB NOT NULL, 
	parameter_schema TEXT, 
	deleted_at BIGINT, 
	PRIMARY KEY (id), 
	CONSTRAINT deployment_catch_up CHECK ((catch_up = 'once' OR catch_up = 'all' OR catch_up = 'skip')), 
	CONSTRAINT deployment_concurrency_limit CHECK (concurrency_limit > 0), 
	CONSTRAINT deployment_paused CHECK (next_due_at IS NULL OR NOT paused), 
	CONSTRAINT deployment_deleted CHECK (deleted_at IS NULL OR next_due_at IS NULL)
);
INSERT INTO "deployment" VALUES('01a22e35b58f7e999253ff71e62ce293','report','nightly','[]','[{"kind": "cron", "rule": "0 6 * * *", "timezone": "UTC", "anchor": null}]','once',1,NULL,NULL,1796071601550480,1796071604367763,'{folder}/flows.py:report','{folder}','{python}','{folder}','[]',X'4A7B22726567696F6E223A22736F757468227D','{"additionalProperties": false, "properties": {"region": {"default": "north", "title": "Region"}, "limit": {"default": 10, "title": "Limit"}}, "type": "object"}',NULL);
CREATE TABLE draft (
	id VARCHAR(32) NOT NULL, 
	wait_id VARCHAR, 
	listener_id VARCHAR, 
	deployment_id VARCHAR, 
	author VARCHAR NOT NULL, 
	kept_at BIGINT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT draft_subject CHECK (coalesce(wait_id, listener_id, deployment_id) IS NOT NULL), 
	FOREIGN KEY(wait_id) REFERENCES wait (id) ON DELETE CASCADE, 
	FOREIGN KEY(listener_id) REFERENCES listener (id) ON DELETE CASCADE, 
	FOREIGN KEY(deployment_id) REFERENCES deployment (id) ON DELETE CASCADE
);
INSERT INTO "draft" VALUES('01a22e35dac67238928fdc42da441be5','01a22e352843776eb036e01750c4d403',NULL,NULL,'ana',1796071611078170,'{"schema": "8515a6f3cf33a1dc", "edits": {"at": {"0": {"text": "An", "typed": "2026-11-30T20:46:51.072422+00:00"}}}}');
CREATE TABLE event (
	seq INTEGER NOT NULL, 
	flow_run_id VARCHAR NOT NULL, 
	task_run_id VARCHAR, 
	kind VARCHAR NOT NULL, 
	"before" VARCHAR, 
	"after" VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	actor VARCHAR NOT NULL, 
	detail TEXT, 
	PRIMARY KEY (seq), 
	FOREIGN KEY(flow_run_id) REFERENCES flow_run (id)
);
INSERT INTO "event" VALUES(1,'01a22e3528127b26b81f5a5efa3ef918',NULL,'state',NULL,'Running',1796071565335219,'ana',NULL);
INSERT INTO "event" VALUES(2,'01a22e3528127b26b81f5a5efa3ef918','01a22e3528247d16a61c67d4518db5fa','state',NULL,'Running',1796071565348966,'ana','draw_up-1');
INSERT INTO "event" VALUES(3,'01a22e3528127b26b81f5a5efa3ef918','01a22e3528247d16a61c67d4518db5fa','state','Running','Completed',1796071565354389,'ana',NULL);
INSERT INTO "event" VALUES(4,'01a22e3528127b26b81f5a5efa3ef918','01a22e35282c7e35b7b4c72cbe235425','state',NULL,'Running',1796071565357056,'ana','total-1');
INSERT INTO "event" VALUES(5,'01a22e3528127b26b81f5a5efa3ef918','01a22e35282c7e35b7b4c72cbe235425','state','Running','Completed',1796071565357568,'ana',NULL);
INSERT INTO "event" VALUES(6,'01a22e3528127b26b81f5a5efa3ef918',NULL,'opened','Running','Running',1796071565379457,'ana','1');
INSERT INTO "event" VALUES(7,'01a22e3528127b26b81f5a5efa3ef918',NULL,'request','Running','Suspending',1796071565382748,'ana',NULL);
INSERT INTO "event" VALUES(8,'01a22e3528127b26b81f5a5efa3ef918',NULL,'state','Suspending','Suspended',1796071565385566,'ana',NULL);
INSERT INTO "event" VALUES(9,'01a22e352e007e65aa6b009f5cff0192',NULL,'state',NULL,'Running',1796071566864752,'ana',NULL);
INSERT INTO "event" VALUES(10,'01a22e352e007e65aa6b009f5cff0192',NULL,'opened','Running','Running',1796071566889489,'ana','1');
INSERT INTO "event" VALUES(11,'01a22e352e007e65aa6b009f5cff0192',NULL,'request','Running','Suspending',1796071566892788,'ana',NULL);
INSERT INTO "event" VALUES(12,'01a22e352e007e65aa6b009f5cff0192',NULL,'state','Suspending','Suspended',1796071566896202,'ana',NULL);
INSERT INTO "event" VALUES(13,'01a22e35344f7272bfddd709a8a5ed6a',NULL,'state',NULL,'Running',1796071568469508,'ana',NULL);
INSERT INTO "event" VALUES(14,'01a22e35344f7272bfddd709a8a5ed6a',NULL,'opened','Running','Running',1796071568492011,'ana','budget');
INSERT INTO "event" VALUES(15,'01a22e35344f7272bfddd709a8a5ed6a',NULL,'request','Running','Suspending',1796071568495064,'ana',NULL);
INSERT INTO "event" VALUES(16,'01a22e35344f7272bfddd709a8a5ed6a',NULL,'state','Suspending','Suspended',1796071568497896,'ana',NULL);
INSERT INTO "event" VALUES(17,'01a22e353b1a793982eece39e3ebb261',NULL,'state',NULL,'Running',1796071570207394,'ana',NULL);
INSERT INTO "event" VALUES(18,'01a22e353b2471e485a2fddae09b6fe0',NULL,'state',NULL,'Running',1796071570212455,'ana',NULL);
INSERT INTO "event" VALUES(19,'01a22e353b2471e485a2fddae09b6fe0','01a22e353b3179189b301510c46679b0','state',NULL,'Running',1796071570225708,'ana','draw_up-1');
INSERT INTO "event" VALUES(20,'01a22e353b2471e485a2fddae09b6fe0','01a22e353b3179189b301510c46679b0','state','Running','Completed',1796071570230315,'ana',NULL);
INSERT INTO "event" VALUES(21,'01a22e353b2471e485a2fddae09b6fe0',NULL,'state','Running','Completed',1796071570234861,'ana',NULL);
INSERT INTO "event" VALUES(22,'01a22e353b3e7fbba736a8a5aea3de3b',NULL,'state',NULL,'Running',1796071570239351,'ana',NULL);
INSERT INTO "event" VALUES(23,'01a22e353b3e7fbba736a8a5aea3de3b',NULL,'opened','Running','Running',1796071570258399,'ana','1');
INSERT INTO "event" VALUES(24,'01a22e353b1a793982eece39e3ebb261',NULL,'request','Running','Suspending',1796071570260427,'ana','asking-child suspends itself.');
INSERT INTO "event" VALUES(25,'01a22e353b3e7fbba736a8a5aea3de3b',NULL,'request','Running','Suspending',1796071570260746,'ana','asking-child suspends itself.');
INSERT INTO "event" VALUES(26,'01a22e353b3e7fbba736a8a5aea3de3b',NULL,'state','Suspending','Suspended',1796071570262723,'ana',NULL);
INSERT INTO "event" VALUES(27,'01a22e353b1a793982eece39e3ebb261',NULL,'state','Suspending','Suspended',1796071570263294,'ana',NULL);
INSERT INTO "event" VALUES(28,'01a22e35420772b4b2189b6c5029c355',NULL,'state',NULL,'Running',1796071571979724,'ana',NULL);
INSERT INTO "event" VALUES(29,'01a22e35420772b4b2189b6c5029c355',NULL,'opened','Running','Running',1796071571999768,'ana','1');
INSERT INTO "event" VALUES(30,'01a22e35420772b4b2189b6c5029c355',NULL,'request','Running','Suspending',1796071572001994,'ana',NULL);
INSERT INTO "event" VALUES(31,'01a22e35420772b4b2189b6c5029c355',NULL,'state','Suspending','Suspended',1796071572004848,'ana',NULL);
INSERT INTO "event" VALUES(32,'01a22e354c607855b976048428a88a1b',NULL,'state',NULL,'Running',1796071574628691,'ana',NULL);
INSERT INTO "event" VALUES(33,'01a22e354c607855b976048428a88a1b','01a22e354c6f765bac921df6681365a1','state',NULL,'Running',1796071574639532,'ana','draw_up-1');
INSERT INTO "event" VALUES(34,'01a22e354c607855b976048428a88a1b','01a22e354c6f765bac921df6681365a1','state','Running','Completed',1796071574643800,'ana',NULL);
INSERT INTO "event" VALUES(35,'01a22e354c607855b976048428a88a1b',NULL,'state','Running','Completed',1796071574650797,'ana',NULL);
INSERT INTO "event" VALUES(36,'01a22e3557d771fabd1c6368d4006b7b',NULL,'state',NULL,'Running',1796071577570411,'ana',NULL);
INSERT INTO "event" VALUES(37,'01a22e3557d771fabd1c6368d4006b7b',NULL,'opened','Running','Running',1796071577631383,'ana','1');
INSERT INTO "event" VALUES(38,'01a22e3557d771fabd1c6368d4006b7b',NULL,'request','Running','Suspending',1796071577639568,'ana',NULL);
INSERT INTO "event" VALUES(39,'01a22e3557d771fabd1c6368d4006b7b',NULL,'state','Suspending','Suspended',1796071577647443,'ana',NULL);
INSERT INTO "event" VALUES(40,'01a22e3562f470149257297eb0d01717',NULL,'state',NULL,'Running',1796071580418026,'ana',NULL);
INSERT INTO "event" VALUES(41,'01a22e3562f470149257297eb0d01717','01a22e3563187c29889390cf77b4f63f','state',NULL,'Running',1796071580440894,'ana','draw_up-1');
INSERT INTO "event" VALUES(42,'01a22e3562f470149257297eb0d01717','01a22e3563187c29889390cf77b4f63f','state','Running','Completed',1796071580450663,'ana',NULL);
INSERT INTO "event" VALUES(43,'01a22e3562f470149257297eb0d01717',NULL,'state','Running','Failed',1796071580465092,'ana','Flow run encountered an exception: Refused: not repaired');
INSERT INTO "event" VALUES(44,'01a22e356e4c73089ce8357c32f5813f',NULL,'state',NULL,'Running',1796071583325841,'ana',NULL);
INSERT INTO "event" VALUES(45,'01a22e356e4c73089ce8357c32f5813f','01a22e356e76755d8da1a5e2c616f3b0','state',NULL,'Running',1796071583350544,'ana','draw_up-1');
INSERT INTO "event" VALUES(46,'01a22e356e4c73089ce8357c32f5813f','01a22e356e76755d8da1a5e2c616f3b0','state','Running','Completed',1796071583356553,'ana',NULL);
INSERT INTO "event" VALUES(47,'01a22e3576db7b82a196625ae4f8d3ec',NULL,'state',NULL,'Running',1796071585513805,'ana',NULL);
INSERT INTO "event" VALUES(48,'01a22e3576db7b82a196625ae4f8d3ec','01a22e3576fc7461beb534ef1544456c','state',NULL,'Running',1796071585532425,'ana','draw_up-1');
INSERT INTO "event" VALUES(49,'01a22e3576db7b82a196625ae4f8d3ec','01a22e3576fc7461beb534ef1544456c','state','Running','Completed',1796071585541036,'ana',NULL);
INSERT INTO "event" VALUES(50,'01a22e3576db7b82a196625ae4f8d3ec',NULL,'opened','Running','Running',1796071585577443,'ana','1');
INSERT INTO "event" VALUES(51,'01a22e3576db7b82a196625ae4f8d3ec',NULL,'request','Running','Suspending',1796071585581359,'ana',NULL);
INSERT INTO "event" VALUES(52,'01a22e3576db7b82a196625ae4f8d3ec',NULL,'state','Suspending','Suspended',1796071585589517,'ana',NULL);
INSERT INTO "event" VALUES(53,'01a22e358469785aa1ff92404837319e',NULL,'state',NULL,'Running',1796071588985824,'ana',NULL);
INSERT INTO "event" VALUES(54,'01a22e358469785aa1ff92404837319e',NULL,'listening','Running','Running',1796071589166597,'ana','int');
INSERT INTO "event" VALUES(55,'01a22e356e4c73089ce8357c32f5813f',NULL,'state','Running','Crashed',1796071589403410,'ana','Its process (pid 11743 on vm) died. Go on from what is finished with: holdfast retry');
INSERT INTO "event" VALUES(56,'01a22e358469785aa1ff92404837319e',NULL,'sent','Running','Running',1796071589446969,'ana','input-1');
INSERT INTO "event" VALUES(57,'01a22e358469785aa1ff92404837319e',NULL,'received','Running','Running',1796071589462834,'ana','input-1');
INSERT INTO "event" VALUES(58,'01a22e358469785aa1ff92404837319e',NULL,'opened','Running','Running',1796071589488582,'ana','1');
INSERT INTO "event" VALUES(59,'01a22e358469785aa1ff92404837319e',NULL,'request','Running','Suspending',1796071589492955,'ana',NULL);
INSERT INTO "event" VALUES(60,'01a22e358469785aa1ff92404837319e',NULL,'state','Suspending','Suspended',1796071589504748,'ana',NULL);
INSERT INTO "event" VALUES(61,'01a22e3593077c798493b09a1c3c5615',NULL,'state',NULL,'Running',1796071592715654,'ana',NULL);
INSERT INTO "event" VALUES(62,'01a22e3593077c798493b09a1c3c5615','01a22e3593267536ab428340e2756d41','state',NULL,'Running',1796071592742498,'ana','draw_up-1');
INSERT INTO "event" VALUES(63,'01a22e3593077c798493b09a1c3c5615','01a22e3593267536ab428340e2756d41','state','Running','Completed',1796071592753130,'ana',NULL);
INSERT INTO "event" VALUES(64,'01a22e3593077c798493b09a1c3c5615','01a22e35933372139c05b88f9725b3b0','state',NULL,'Running',1796071592755222,'ana','ask-1');
INSERT INTO "event" VALUES(65,'01a22e3593077c798493b09a1c3c5615',NULL,'opened','Running','Running',1796071592791739,'ana','ask-25b3b0');
INSERT INTO "event" VALUES(66,'01a22e3593077c798493b09a1c3c5615',NULL,'state','Running','Paused',1796071592794507,'ana',NULL);
INSERT INTO "event" VALUES(67,'01a22e3593077c798493b09a1c3c5615',NULL,'state','Paused','Suspended',1796071592836605,'ana','Its process (pid 11807 on vm) died.');
INSERT INTO "event" VALUES(68,'01a22e3593077c798493b09a1c3c5615','01a22e35933372139c05b88f9725b3b0','state','Running','Crashed',1796071592843211,'ana','Its process (pid 11807 on vm) died.');
INSERT INTO "event" VALUES(69,'01a22e352e007e65aa6b009f5cff0192',NULL,'answered','Suspended','Suspended',1796071592879988,'ana','1');
INSERT INTO "event" VALUES(70,'01a22e352e007e65aa6b009f5cff0192',NULL,'state','Suspended','Resuming',1796071592880208,'ana',NULL);
INSERT INTO "event" VALUES(71,'01a22e352e007e65aa6b009f5cff0192',NULL,'state','Resuming','Pending',1796071595437478,'ana',NULL);
INSERT INTO "event" VALUES(72,'01a22e352e007e65aa6b009f5cff0192',NULL,'state','Pending','Running',1796071597965969,'ana',NULL);
INSERT INTO "event" VALUES(73,'01a22e352e007e65aa6b009f5cff0192',NULL,'decided','Running','Running',1796071598012118,'ana','1');
INSERT INTO "event" VALUES(74,'01a22e352e007e65aa6b009f5cff0192','01a22e35a7d77e8caccd03e2ee81c635','state',NULL,'Running',1796071598040128,'ana','refuse-1');
INSERT INTO "event" VALUES(75,'01a22e352e007e65aa6b009f5cff0192','01a22e35a7d77e8caccd03e2ee81c635','state','Running','Failed',1796071598051381,'ana','Refused: twice');
INSERT INTO "event" VALUES(76,'01a22e352e007e65aa6b009f5cff0192',NULL,'opened','Running','Running',1796071598054864,'ana','2');
INSERT INTO "event" VALUES(77,'01a22e352e007e65aa6b009f5cff0192',NULL,'request','Running','Suspending',1796071598059368,'ana',NULL);
INSERT INTO "event" VALUES(78,'01a22e352e007e65aa6b009f5cff0192',NULL,'state','Suspending','Suspended',1796071598060396,'ana',NULL);
INSERT INTO "event" VALUES(79,'01a22e35cd497d69a3bea44c4bba7c4a',NULL,'state',NULL,'Scheduled',1796071607625872,'ana',NULL);
INSERT INTO "event" VALUES(80,'01a22e35d7857305b1aa9bc50b08b441',NULL,'state',NULL,'Running',1796071610249073,'ana',NULL);
INSERT INTO "event" VALUES(81,'01a22e35d7857305b1aa9bc50b08b441',NULL,'opened','Running','Running',1796071610295503,'ana','1');
INSERT INTO "event" VALUES(82,'01a22e35d7857305b1aa9bc50b08b441',NULL,'request','Running','Suspending',1796071610304718,'ana',NULL);
INSERT INTO "event" VALUES(83,'01a22e35d7857305b1aa9bc50b08b441',NULL,'state','Suspending','Suspended',1796071610308155,'ana',NULL);
INSERT INTO "event" VALUES(84,'01a22e35cd497d69a3bea44c4bba7c4a',NULL,'state','Scheduled','Late',1796071611036830,'ana','No worker has taken it yet.');
INSERT INTO "event" VALUES(85,'01a22e3576db7b82a196625ae4f8d3ec',NULL,'answered','Suspended','Suspended',1796071611044070,'ana','1');
INSERT INTO "event" VALUES(86,'01a22e3576db7b82a196625ae4f8d3ec',NULL,'state','Suspended','Resuming',1796071611044220,'ana',NULL);
INSERT INTO "event" VALUES(87,'01a22e358469785aa1ff92404837319e',NULL,'sent','Suspended','Suspended',1796071611060921,'ana','input-2');
INSERT INTO "event" VALUES(88,'01a22e3557d771fabd1c6368d4006b7b',NULL,'state','Suspended','Cancelled',1796071611067572,'ana','ana asked to cancel (python).');
INSERT INTO "event" VALUES(89,'01a22e3557d771fabd1c6368d4006b7b',NULL,'withdrawn','Cancelled','Cancelled',1796071611067572,'ana','1');
CREATE TABLE flow_run (
	id VARCHAR(32) NOT NULL, 
	name VARCHAR NOT NULL, 
	flow_name VARCHAR NOT NULL, 
	state_type VARCHAR NOT NULL, 
	state_name VARCHAR NOT NULL, 
	state_message TEXT, 
	state_at BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	started_at BIGINT, 
	ended_at BIGINT, 
	due_at BIGINT, 
	executions INTEGER NOT NULL, 
	recoveries INTEGER NOT NULL, 
	parent_id VARCHAR, 
	root_id VARCHAR NOT NULL, 
	request VARCHAR, 
	requested_by VARCHAR, 
	requested_at BIGINT, 
	host_id VARCHAR, 
	call VARCHAR, 
	deployment_id VARCHAR, 
	idempotency_key VARCHAR, 
	caller_id VARCHAR, 
	awaited BOOLEAN, 
	entrypoint TEXT, 
	working_directory TEXT NOT NULL, 
	interpreter TEXT NOT NULL, 
	search_path TEXT, 
	arguments TEXT NOT NULL, 
	parameters BLOB NOT NULL, 
	attempt INTEGER DEFAULT '1' NOT NULL, 
	tags TEXT, 
	PRIMARY KEY (id), 
	CONSTRAINT flow_run_state_type CHECK ((state_type = 'SCHEDULED' OR state_type = 'PENDING' OR state_type = 'RUNNING' OR state_type = 'PAUSED' OR state_type = 'CANCELLING' OR state_type = 'CANCELLED' OR state_type = 'COMPLETED' OR state_type = 'FAILED' OR state_type = 'CRASHED')), 
	CONSTRAINT flow_run_request CHECK (request IS NULL OR (request = 'pause' OR request = 'suspend' OR request = 'cancel' OR request = 'unwind' OR request = 'release')), 
	CONSTRAINT flow_run_id CHECK (length(id) = 32), 
	FOREIGN KEY(parent_id) REFERENCES flow_run (id), 
	FOREIGN KEY(root_id) REFERENCES flow_run (id), 
	FOREIGN KEY(host_id) REFERENCES host (id), 
	FOREIGN KEY(deployment_id) REFERENCES deployment (id), 
	FOREIGN KEY(caller_id) REFERENCES flow_run (id)
);
INSERT INTO "flow_run" VALUES('01a22e3528127b26b81f5a5efa3ef918','contract','contract','PAUSED','Suspended',NULL,1796071565385566,1796071565335219,1796071565335219,NULL,NULL,1,0,NULL,'01a22e3528127b26b81f5a5efa3ef918',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:contract','{folder}','{python}','{folder}','["contract"]',X'4A7B22637573746F6D6572223A2241434D45227D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22e352e007e65aa6b009f5cff0192','second-question','second-question','PAUSED','Suspended',NULL,1796071598060396,1796071566864752,1796071566864752,NULL,NULL,2,0,NULL,'01a22e352e007e65aa6b009f5cff0192',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:second_question','{folder}','{python}','{folder}','["second_question"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22e35344f7272bfddd709a8a5ed6a','keyed','keyed','PAUSED','Suspended',NULL,1796071568497896,1796071568469508,1796071568469508,NULL,NULL,1,0,NULL,'01a22e35344f7272bfddd709a8a5ed6a',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:keyed','{folder}','{python}','{folder}','["keyed"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22e353b1a793982eece39e3ebb261','tree','tree','PAUSED','Suspended',NULL,1796071570263294,1796071570207394,1796071570207394,NULL,NULL,1,0,NULL,'01a22e353b1a793982eece39e3ebb261',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:tree','{folder}','{python}','{folder}','["tree"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22e353b2471e485a2fddae09b6fe0','child','child','COMPLETED','Completed',NULL,1796071570234861,1796071570212455,1796071570212455,1796071570234861,NULL,1,0,'01a22e353b1a793982eece39e3ebb261','01a22e353b1a793982eece39e3ebb261',NULL,NULL,NULL,NULL,'flows.child(7681ed116d29d450cf1a810d)#1',NULL,NULL,NULL,NULL,'{folder}/flows.py:child','{folder}','{python}','{folder}','["tree"]',X'4A7B226E756D626572223A317D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22e353b3e7fbba736a8a5aea3de3b','asking-child','asking-child','PAUSED','Suspended',NULL,1796071570262723,1796071570239351,1796071570239351,NULL,NULL,1,0,'01a22e353b1a793982eece39e3ebb261','01a22e353b1a793982eece39e3ebb261',NULL,NULL,NULL,NULL,'flows.asking_child(bf78e4a953b40eee238ca2e9)#1',NULL,NULL,NULL,NULL,'{folder}/flows.py:asking_child','{folder}','{python}','{folder}','["tree"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22e35420772b4b2189b6c5029c355','go-ahead','go-ahead','PAUSED','Suspended',NULL,1796071572004848,1796071571979724,1796071571979724,NULL,NULL,1,0,NULL,'01a22e35420772b4b2189b6c5029c355',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:go_ahead','{folder}','{python}','{folder}','["go_ahead"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22e354c607855b976048428a88a1b','finished','finished','COMPLETED','Completed',NULL,1796071574650797,1796071574628691,1796071574628691,1796071574650797,NULL,1,0,NULL,'01a22e354c607855b976048428a88a1b',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:finished','{folder}','{python}','{folder}','["finished"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22e3557d771fabd1c6368d4006b7b','cancelled','cancelled','CANCELLED','Cancelled','ana asked to cancel (python).',1796071611067572,1796071577570411,1796071577570411,1796071611067572,NULL,1,0,NULL,'01a22e3557d771fabd1c6368d4006b7b',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:cancelled','{folder}','{python}','{folder}','["cancelled"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22e3562f470149257297eb0d01717','failed','failed','FAILED','Failed','Flow run encountered an exception: Refused: not repaired',1796071580465092,1796071580418026,1796071580418026,1796071580465092,NULL,1,0,NULL,'01a22e3562f470149257297eb0d01717',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:failed','{folder}','{python}','{folder}','["failed"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22e356e4c73089ce8357c32f5813f','crashed','crashed','CRASHED','Crashed','Its process (pid 11743 on vm) died. Go on from what is finished with: holdfast retry',1796071589403410,1796071583325841,1796071583325841,1796071589403410,NULL,1,0,NULL,'01a22e356e4c73089ce8357c32f5813f',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:crashed','{folder}','{python}','{folder}','["crashed"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22e3576db7b82a196625ae4f8d3ec','answered','answered','SCHEDULED','Resuming',NULL,1796071611044220,1796071585513805,1796071585513805,NULL,1796071611044192,1,0,NULL,'01a22e3576db7b82a196625ae4f8d3ec',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:answered','{folder}','{python}','{folder}','["answered"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22e358469785aa1ff92404837319e','desk','desk','PAUSED','Suspended',NULL,1796071589504748,1796071588985824,1796071588985824,NULL,NULL,1,0,NULL,'01a22e358469785aa1ff92404837319e',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:desk','{folder}','{python}','{folder}','["desk"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22e3593077c798493b09a1c3c5615','paused-in-task','paused-in-task','PAUSED','Suspended','Its process (pid 11807 on vm) died.',1796071592836605,1796071592715654,1796071592715654,NULL,NULL,1,0,NULL,'01a22e3593077c798493b09a1c3c5615',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:paused_in_task','{folder}','{python}','{folder}','["paused_in_task"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22e35cd497d69a3bea44c4bba7c4a','prudent-sparrow','report','SCHEDULED','Late','No worker has taken it yet.',1796071611036830,1796071607625872,NULL,NULL,1767225600000000,0,0,NULL,'01a22e35cd497d69a3bea44c4bba7c4a',NULL,NULL,NULL,NULL,NULL,'01a22e35b58f7e999253ff71e62ce293',NULL,NULL,NULL,'{folder}/flows.py:report','{folder}','{python}','{folder}','[]',X'4A7B22726567696F6E223A22736F757468222C226C696D6974223A337D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22e35d7857305b1aa9bc50b08b441','expired','expired','PAUSED','Suspended',NULL,1796071610308155,1796071610249073,1796071610249073,NULL,NULL,1,0,NULL,'01a22e35d7857305b1aa9bc50b08b441',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:expired','{folder}','{python}','{folder}','["expired"]',X'4A7B7D',1,NULL);
CREATE TABLE host (
	id VARCHAR(32) NOT NULL, 
	kind VARCHAR NOT NULL, 
	pid INTEGER NOT NULL, 
	process_start VARCHAR NOT NULL, 
	hostname VARCHAR NOT NULL, 
	slots INTEGER NOT NULL, 
	registered_at BIGINT NOT NULL, 
	lease_until BIGINT, 
	place VARCHAR, 
	worker_id VARCHAR, 
	PRIMARY KEY (id), 
	CONSTRAINT host_kind CHECK ((kind = 'script' OR kind = 'worker' OR kind = 'child'))
);
CREATE TABLE json_schema (
	digest VARCHAR(32) NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO "json_schema" VALUES('8515a6f3cf33a1dc1ab58842008dabf4','{"additionalProperties": false, "properties": {"signed_by": {"title": "Signed By", "type": "string"}, "copies": {"default": 2, "title": "Copies", "type": "integer"}, "deposit": {"anyOf": [{"type": "number"}, {"type": "string"}], "default": "0.10", "title": "Deposit"}}, "required": ["signed_by"], "title": "Signature", "type": "object"}');
INSERT INTO "json_schema" VALUES('99291ede44d5bc1c41d86dee4499388d','{"additionalProperties": false, "properties": {"value": {"title": "Value", "type": "boolean"}}, "required": ["value"], "type": "object"}');
INSERT INTO "json_schema" VALUES('a0d634a183c125c76c4e0277cd9dd980','{"additionalProperties": false, "properties": {"value": {"title": "Value", "type": "integer"}}, "required": ["value"], "type": "object"}');
INSERT INTO "json_schema" VALUES('947ab46d9b53ef489c62900e672ffc07','{"additionalProperties": false, "properties": {"value": {"anyOf": [{"type": "number"}, {"type": "string"}], "title": "Value"}}, "required": ["value"], "type": "object"}');
INSERT INTO "json_schema" VALUES('a5b37391bb616e04fca2b0adba5ebf81','{"additionalProperties": false, "properties": {"value": {"title": "Value", "type": "string"}}, "required": ["value"], "type": "object"}');
CREATE TABLE listener (
	id VARCHAR(32) NOT NULL, 
	flow_run_id VARCHAR NOT NULL, 
	lasting INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	prefix VARCHAR, 
	type_digest VARCHAR NOT NULL, 
	opened_at BIGINT NOT NULL, 
	deadline BIGINT, 
	schema_digest VARCHAR NOT NULL, 
	description TEXT, 
	initial TEXT, 
	PRIMARY KEY (id), 
	CONSTRAINT listener_lasting CHECK (lasting IN (0, 1)), 
	FOREIGN KEY(flow_run_id) REFERENCES flow_run (id), 
	FOREIGN KEY(schema_digest) REFERENCES json_schema (digest)
);
CREATE TABLE log (
	seq INTEGER NOT NULL, 
	flow_run_id VARCHAR NOT NULL, 
	task_run_id VARCHAR, 
	at BIGINT NOT NULL, 
	level INTEGER NOT NULL, 
	message TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	FOREIGN KEY(flow_run_id) REFERENCES flow_run (id)
);
INSERT INTO "log" VALUES(1,'01a22e3528127b26b81f5a5efa3ef918',NULL,1796071565387916,20,'Suspended; nothing of it runs. Go on with: holdfast resume contract');
INSERT INTO "log" VALUES(2,'01a22e352e007e65aa6b009f5cff0192',NULL,1796071566898692,20,'Suspended; nothing of it runs. Go on with: holdfast resume second-question');
INSERT INTO "log" VALUES(3,'01a22e35344f7272bfddd709a8a5ed6a',NULL,1796071568500322,20,'Suspended; nothing of it runs. Go on with: holdfast resume keyed');
INSERT INTO "log" VALUES(4,'01a22e353b1a793982eece39e3ebb261',NULL,1796071570265315,20,'Suspended; nothing of it runs. Go on with: holdfast resume tree');
INSERT INTO "log" VALUES(5,'01a22e35420772b4b2189b6c5029c355',NULL,1796071572007288,20,'Suspended; nothing of it runs. Go on with: holdfast resume go-ahead');
INSERT INTO "log" VALUES(6,'01a22e3557d771fabd1c6368d4006b7b',NULL,1796071577654539,20,'Suspended; nothing of it runs. Go on with: holdfast resume cancelled');
INSERT INTO "log" VALUES(7,'01a22e3562f470149257297eb0d01717',NULL,1796071580455598,40,'Traceback (most recent call last):
  File "{folder}/flows.py", line 141, in failed
    raise Refused("not repaired")
Refused: not repaired
');
INSERT INTO "log" VALUES(8,'01a22e3576db7b82a196625ae4f8d3ec',NULL,1796071585592182,20,'Suspended; nothing of it runs. Go on with: holdfast resume answered');
INSERT INTO "log" VALUES(9,'01a22e358469785aa1ff92404837319e',NULL,1796071589513837,20,'Suspended; nothing of it runs. Go on with: holdfast resume desk');
INSERT INTO "log" VALUES(10,'01a22e352e007e65aa6b009f5cff0192','01a22e35a7d77e8caccd03e2ee81c635',1796071598048400,40,'Traceback (most recent call last):
  File "{folder}/flows.py", line 50, in refuse
    raise Refused(why)
flows.Refused: twice
');
INSERT INTO "log" VALUES(11,'01a22e352e007e65aa6b009f5cff0192',NULL,1796071598059967,20,'Execution 2: finished calls reused: 0, calls made: 1.');
INSERT INTO "log" VALUES(12,'01a22e352e007e65aa6b009f5cff0192',NULL,1796071598064413,20,'Suspended; nothing of it runs. Go on with: holdfast resume second-question');
INSERT INTO "log" VALUES(13,'01a22e35d7857305b1aa9bc50b08b441',NULL,1796071610315451,20,'Suspended; nothing of it runs. Go on with: holdfast resume expired');
CREATE TABLE message (
	id INTEGER NOT NULL, 
	flow_run_id VARCHAR NOT NULL, 
	prefix VARCHAR, 
	type_digest VARCHAR, 
	payload TEXT NOT NULL, 
	sender TEXT, 
	sent_at BIGINT NOT NULL, 
	call VARCHAR, 
	PRIMARY KEY (id), 
	CONSTRAINT message_channel CHECK (prefix IS NOT NULL OR type_digest IS NOT NULL), 
	FOREIGN KEY(flow_run_id) REFERENCES flow_run (id)
);
INSERT INTO "message" VALUES(1,'01a22e358469785aa1ff92404837319e',NULL,'a0d634a183c125c76c4e0277cd9dd980','{"value": 1}','ana',1796071589441780,NULL);
INSERT INTO "message" VALUES(2,'01a22e358469785aa1ff92404837319e',NULL,'a0d634a183c125c76c4e0277cd9dd980','{"value": 2}','ana',1796071611060742,NULL);
CREATE TABLE receipt (
	flow_run_id VARCHAR(32) NOT NULL, 
	receiver VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	message_id INTEGER, 
	raised INTEGER NOT NULL, 
	received_at BIGINT NOT NULL, 
	PRIMARY KEY (flow_run_id, receiver, position), 
	CONSTRAINT receipt_raised CHECK (raised IN (0, 1) AND (raised = 0 OR message_id IS NULL)), 
	FOREIGN KEY(flow_run_id) REFERENCES flow_run (id), 
	FOREIGN KEY(message_id) REFERENCES message (id)
)
 WITHOUT ROWID

;
INSERT INTO "receipt" VALUES('01a22e358469785aa1ff92404837319e','flow: a0d634a183c1#1',0,1,0,1796071589456724);
CREATE TABLE result (
	run_id VARCHAR(32) NOT NULL, 
	body BLOB NOT NULL, 
	PRIMARY KEY (run_id)
)
 WITHOUT ROWID

;
INSERT INTO "result" VALUES('01a22e3528247d16a61c67d4518db5fa',X'4A22436F6E747261637420776974682041434D4522');
INSERT INTO "result" VALUES('01a22e35282c7e35b7b4c72cbe235425',X'500000000F446563696D616C2827322E3230272980049522000000000000008C07646563696D616C948C07446563696D616C9493948C04322E323094859452942E');
INSERT INTO "result" VALUES('01a22e353b2471e485a2fddae09b6fe0',X'4A22436F6E74726163742077697468206368696C64203122');
INSERT INTO "result" VALUES('01a22e353b3179189b301510c46679b0',X'4A22436F6E74726163742077697468206368696C64203122');
INSERT INTO "result" VALUES('01a22e354c607855b976048428a88a1b',X'4A22436F6E747261637420776974682066696E697368656422');
INSERT INTO "result" VALUES('01a22e354c6f765bac921df6681365a1',X'4A22436F6E747261637420776974682066696E697368656422');
INSERT INTO "result" VALUES('01a22e3562f470149257297eb0d01717',X'450000009354726163656261636B20286D6F737420726563656E742063616C6C206C617374293A0A202046696C6520222F746D702F746D70716D74697534626A2F666C6F77732E7079222C206C696E65203134312C20696E206661696C65640A202020207261697365205265667573656428226E6F7420726570616972656422290A526566757365643A206E6F742072657061697265640A8004952B000000000000008C085F5F6D61696E5F5F948C07526566757365649493948C0C6E6F7420726570616972656494859452942E');
INSERT INTO "result" VALUES('01a22e3563187c29889390cf77b4f63f',X'4A22436F6E74726163742077697468206661696C656422');
INSERT INTO "result" VALUES('01a22e356e76755d8da1a5e2c616f3b0',X'4A22436F6E74726163742077697468206372617368656422');
INSERT INTO "result" VALUES('01a22e3576fc7461beb534ef1544456c',X'4A22436F6E7472616374207769746820616E73776572656422');
INSERT INTO "result" VALUES('01a22e3593267536ab428340e2756d41',X'4A22436F6E747261637420776974682070617573656422');
INSERT INTO "result" VALUES('01a22e35a7d77e8caccd03e2ee81c635',X'450000008654726163656261636B20286D6F737420726563656E742063616C6C206C617374293A0A202046696C6520222F746D702F746D70716D74697534626A2F666C6F77732E7079222C206C696E652035302C20696E207265667573650A202020207261697365205265667573656428776879290A666C6F77732E526566757365643A2074776963650A80049521000000000000008C05666C6F7773948C07526566757365649493948C05747769636594859452942E');
CREATE TABLE task_run (
	flow_run_id VARCHAR(32) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	call VARCHAR NOT NULL, 
	task_name VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	state_type VARCHAR NOT NULL, 
	state_name VARCHAR NOT NULL, 
	state_message TEXT, 
	state_at BIGINT NOT NULL, 
	started_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	reused INTEGER NOT NULL, 
	attempt INTEGER DEFAULT '1' NOT NULL, 
	tags TEXT, 
	called_at BIGINT, 
	inputs TEXT, 
	PRIMARY KEY (flow_run_id, id), 
	CONSTRAINT task_run_state_type CHECK ((state_type = 'SCHEDULED' OR state_type = 'PENDING' OR state_type = 'RUNNING' OR state_type = 'PAUSED' OR state_type = 'CANCELLING' OR state_type = 'CANCELLED' OR state_type = 'COMPLETED' OR state_type = 'FAILED' OR state_type = 'CRASHED')), 
	FOREIGN KEY(flow_run_id) REFERENCES flow_run (id)
)
 WITHOUT ROWID

;
INSERT INTO "task_run" VALUES('01a22e3528127b26b81f5a5efa3ef918','01a22e3528247d16a61c67d4518db5fa','flows.draw_up(b5164d71c88af929e699af93)#1','draw_up','draw_up-1','COMPLETED','Completed',NULL,1796071565354389,1796071565348966,1796071565354389,0,1,NULL,NULL,'{"customer":"''ACME''"}');
INSERT INTO "task_run" VALUES('01a22e3528127b26b81f5a5efa3ef918','01a22e35282c7e35b7b4c72cbe235425','flows.total(66aaef390d07b7b17c84004a)#1','total','total-1','COMPLETED','Completed',NULL,1796071565357568,1796071565357056,1796071565357568,0,1,NULL,NULL,'{"order":"Order(article=''gear'', price=Decimal(''1.10''))"}');
INSERT INTO "task_run" VALUES('01a22e352e007e65aa6b009f5cff0192','01a22e35a7d77e8caccd03e2ee81c635','flows.refuse(5cd27a9cb84e9b9d438b68ea)#1','refuse','refuse-1','FAILED','Failed','Refused: twice',1796071598051381,1796071598040128,1796071598051381,0,1,NULL,NULL,'{"why":"''twice''"}');
INSERT INTO "task_run" VALUES('01a22e353b2471e485a2fddae09b6fe0','01a22e353b3179189b301510c46679b0','flows.draw_up(84fb326c351e45f030cfdd4c)#1','draw_up','draw_up-1','COMPLETED','Completed',NULL,1796071570230315,1796071570225708,1796071570230315,0,1,NULL,NULL,'{"customer":"''child 1''"}');
INSERT INTO "task_run" VALUES('01a22e354c607855b976048428a88a1b','01a22e354c6f765bac921df6681365a1','flows.draw_up(599fb9e26e0e87cf36448140)#1','draw_up','draw_up-1','COMPLETED','Completed',NULL,1796071574643800,1796071574639532,1796071574643800,0,1,NULL,NULL,'{"customer":"''finished''"}');
INSERT INTO "task_run" VALUES('01a22e3562f470149257297eb0d01717','01a22e3563187c29889390cf77b4f63f','flows.draw_up(24a7111bd87619c384145b74)#1','draw_up','draw_up-1','COMPLETED','Completed',NULL,1796071580450663,1796071580440894,1796071580450663,0,1,NULL,NULL,'{"customer":"''failed''"}');
INSERT INTO "task_run" VALUES('01a22e356e4c73089ce8357c32f5813f','01a22e356e76755d8da1a5e2c616f3b0','flows.draw_up(6126bf64dce201b980d1bac9)#1','draw_up','draw_up-1','COMPLETED','Completed',NULL,1796071583356553,1796071583350544,1796071583356553,0,1,NULL,NULL,'{"customer":"''crashed''"}');
INSERT INTO "task_run" VALUES('01a22e3576db7b82a196625ae4f8d3ec','01a22e3576fc7461beb534ef1544456c','flows.draw_up(5a919bed2653af822995dc87)#1','draw_up','draw_up-1','COMPLETED','Completed',NULL,1796071585541036,1796071585532425,1796071585541036,0,1,NULL,NULL,'{"customer":"''answered''"}');
INSERT INTO "task_run" VALUES('01a22e3593077c798493b09a1c3c5615','01a22e3593267536ab428340e2756d41','flows.draw_up(4f05ad907662ad39c3330d86)#1','draw_up','draw_up-1','COMPLETED','Completed',NULL,1796071592753130,1796071592742498,1796071592753130,0,1,NULL,NULL,'{"customer":"''paused''"}');
INSERT INTO "task_run" VALUES('01a22e3593077c798493b09a1c3c5615','01a22e35933372139c05b88f9725b3b0','flows.ask(bf78e4a953b40eee238ca2e9)#1','ask','ask-1','CRASHED','Crashed','Its process died.',1796071592843211,1796071592755222,1796071592843211,0,1,NULL,NULL,'{}');
CREATE TABLE wait (
	id VARCHAR(32) NOT NULL, 
	flow_run_id VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	opened_at BIGINT NOT NULL, 
	deadline BIGINT, 
	closed_at BIGINT, 
	schema_digest VARCHAR, 
	description TEXT, 
	initial TEXT, 
	PRIMARY KEY (id), 
	CONSTRAINT wait_status CHECK ((status = 'open' OR status = 'decided' OR status = 'expired' OR status = 'withdrawn')), 
	CONSTRAINT wait_closed CHECK ((status = 'open') = (closed_at IS NULL)), 
	FOREIGN KEY(flow_run_id) REFERENCES flow_run (id), 
	FOREIGN KEY(schema_digest) REFERENCES json_schema (digest)
);
INSERT INTO "wait" VALUES('01a22e352843776eb036e01750c4d403','01a22e3528127b26b81f5a5efa3ef918','1','open',1796071565379457,NULL,NULL,'8515a6f3cf33a1dc1ab58842008dabf4','Please **sign**.','{"copies": 2}');
INSERT INTO "wait" VALUES('01a22e352e2977efbb6470983302b7aa','01a22e352e007e65aa6b009f5cff0192','1','decided',1796071566889489,NULL,1796071598012118,'99291ede44d5bc1c41d86dee4499388d',NULL,NULL);
INSERT INTO "wait" VALUES('01a22e35346c7046b0e9e29843c5cde3','01a22e35344f7272bfddd709a8a5ed6a','budget','open',1796071568492011,NULL,NULL,'a0d634a183c125c76c4e0277cd9dd980',NULL,NULL);
INSERT INTO "wait" VALUES('01a22e353b52767daacdc4d661e8cffb','01a22e353b3e7fbba736a8a5aea3de3b','1','open',1796071570258399,NULL,NULL,'99291ede44d5bc1c41d86dee4499388d',NULL,NULL);
INSERT INTO "wait" VALUES('01a22e35421f7c6197dcaadf988b2be8','01a22e35420772b4b2189b6c5029c355','1','open',1796071571999768,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "wait" VALUES('01a22e35581f763da0a0474bb8d0a26d','01a22e3557d771fabd1c6368d4006b7b','1','withdrawn',1796071577631383,NULL,1796071611067572,'a0d634a183c125c76c4e0277cd9dd980',NULL,NULL);
INSERT INTO "wait" VALUES('01a22e357729773da835b5894a079d64','01a22e3576db7b82a196625ae4f8d3ec','1','open',1796071585577443,NULL,NULL,'947ab46d9b53ef489c62900e672ffc07',NULL,NULL);
INSERT INTO "wait" VALUES('01a22e3586707971ba11824bae520b86','01a22e358469785aa1ff92404837319e','1','open',1796071589488582,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "wait" VALUES('01a22e3593577bf5a9adddd48de3ce39','01a22e3593077c798493b09a1c3c5615','ask-25b3b0','open',1796071592791739,NULL,NULL,'a5b37391bb616e04fca2b0adba5ebf81',NULL,NULL);
INSERT INTO "wait" VALUES('01a22e35a7e67df19fe07be3104451c5','01a22e352e007e65aa6b009f5cff0192','2','open',1796071598054864,NULL,NULL,'99291ede44d5bc1c41d86dee4499388d',NULL,NULL);
INSERT INTO "wait" VALUES('01a22e35d7b7782a856dfff31600b61b','01a22e35d7857305b1aa9bc50b08b441','1','open',1796071610295503,1796071615284281,NULL,'a0d634a183c125c76c4e0277cd9dd980',NULL,NULL);
CREATE UNIQUE INDEX deployment_by_name ON deployment (flow_name, name) WHERE deleted_at IS NULL;
CREATE INDEX deployment_due ON deployment (next_due_at) WHERE next_due_at IS NOT NULL;
CREATE INDEX flow_run_at_top ON flow_run (id) WHERE parent_id IS NULL AND caller_id IS NULL;
CREATE UNIQUE INDEX flow_run_by_caller ON flow_run (caller_id, call) WHERE caller_id IS NOT NULL;
CREATE UNIQUE INDEX flow_run_by_deployment ON flow_run (deployment_id, idempotency_key) WHERE deployment_id IS NOT NULL;
CREATE INDEX flow_run_by_flow ON flow_run (flow_name, id);
CREATE INDEX flow_run_by_host ON flow_run (host_id) WHERE host_id IS NOT NULL;
CREATE INDEX flow_run_by_name ON flow_run (name, id);
CREATE UNIQUE INDEX flow_run_by_parent ON flow_run (parent_id, call) WHERE parent_id IS NOT NULL;
CREATE INDEX flow_run_by_root ON flow_run (root_id) WHERE parent_id IS NOT NULL;
CREATE INDEX flow_run_by_slot ON flow_run (deployment_id) WHERE deployment_id IS NOT NULL AND host_id IS NOT NULL;
CREATE INDEX flow_run_by_state ON flow_run (state_type, id);
CREATE INDEX flow_run_due ON flow_run (state_type, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX flow_run_of_deployment ON flow_run (deployment_id, id) WHERE deployment_id IS NOT NULL;
CREATE INDEX flow_run_punctual ON flow_run (due_at) WHERE state_name = 'Scheduled';
CREATE INDEX event_by_run ON event (flow_run_id, seq) WHERE task_run_id IS NULL;
CREATE INDEX event_of_attempts ON event (flow_run_id, task_run_id) WHERE task_run_id IS NOT NULL AND before IS NOT NULL AND kind = 'state' AND after <> 'Completed' AND after <> 'Cached';
CREATE INDEX listener_by_run ON listener (flow_run_id);
CREATE INDEX listener_inbox ON listener (deadline, id);
CREATE INDEX log_by_run ON log (flow_run_id, seq);
CREATE UNIQUE INDEX message_by_call ON message (call) WHERE call IS NOT NULL;
CREATE INDEX message_by_run ON message (flow_run_id, id);
CREATE UNIQUE INDEX wait_by_key ON wait (flow_run_id, "key") WHERE status IN ('open', 'decided');
CREATE INDEX wait_by_run ON wait (flow_run_id);
CREATE INDEX wait_inbox ON wait (deadline, id) WHERE status = 'open';
CREATE INDEX answer_by_wait ON answer (wait_id, id);
CREATE INDEX answer_not_taken ON answer (wait_id) WHERE verdict = 'given';
CREATE UNIQUE INDEX answer_standing ON answer (wait_id) WHERE verdict != 'refused';
CREATE UNIQUE INDEX draft_by_deployment ON draft (deployment_id, author) WHERE deployment_id IS NOT NULL;
CREATE UNIQUE INDEX draft_by_listener ON draft (listener_id, author) WHERE listener_id IS NOT NULL;
CREATE UNIQUE INDEX draft_by_wait ON draft (wait_id, author) WHERE wait_id IS NOT NULL;
COMMIT;
